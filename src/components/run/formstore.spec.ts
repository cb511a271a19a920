import { EMPTY_FORM } from './invokeform';
import { FormStore } from './formstore';

beforeEach(() => sessionStorage.clear());

test('a form survives a reload of the page', () => {
  const form = { ...EMPTY_FORM, texts: { n: '7' } };
  new FormStore().set('iris', form);
  expect(new FormStore().get('iris')).toEqual(form);
  expect(new FormStore().get('other')).toBeUndefined();
});

test('values that may be secret stay on the page', () => {
  const form = { texts: { n: '7', api_key: 'k' }, json: '{"password": "p"}', asJson: false };
  const forms = new FormStore();
  forms.set('iris', form);
  expect(forms.get('iris')).toEqual(form);
  expect(new FormStore().get('iris')).toEqual({ texts: { n: '7' }, json: '{}', asJson: false });
});

test('a form that is too large to store is kept on the page', () => {
  const forms = new FormStore();
  forms.set('iris', { ...EMPTY_FORM, json: 'x'.repeat(200_001) });
  expect(forms.get('iris')?.json).toHaveLength(200_001);
  expect(new FormStore().get('iris')).toBeUndefined();
});
